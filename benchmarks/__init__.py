"""Speed, as ratios within one run: machines differ and drift, a ratio of two things measured side by side holds."""
