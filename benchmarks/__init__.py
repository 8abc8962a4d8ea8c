"""Scripts that measure every figure in README and docs, for anyone to run."""
