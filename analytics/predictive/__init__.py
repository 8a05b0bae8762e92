"""What comes next: forecasts beside the simplest thing that could work, with bands that hold."""
