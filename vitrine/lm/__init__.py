"""Language models: `Model` with load, merge and save, models from scratch and from a hub, fast decoding on a CPU."""
