"""Speed and scale of the platform, measured: `python -m benchmarks`."""
