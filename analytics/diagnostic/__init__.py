"""Why it happened: where a change comes from, by what mechanism, since when, and whether chance does as much."""
