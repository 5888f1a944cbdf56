"""The parts of compare_with_python.py: problems, the package with its mends, the engine, and what compares the two."""
