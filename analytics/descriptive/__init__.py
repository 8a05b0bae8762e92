"""What happened: key figures, trends, breakdowns and their normal variation."""
