"""Speed, measured as ratios in one run; `benchmarks/README.md` says how."""
