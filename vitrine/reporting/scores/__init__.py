"""The report: scores, differences, curves and answers side by side, in one HTML file."""
