"""The parts of the shop simulator: a process with known truths, written as files by ``data_generation.py``."""
