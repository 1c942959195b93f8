"""Generated texts with personal data at known positions, for `benchmarks.personal_data`, and lists of formats."""
