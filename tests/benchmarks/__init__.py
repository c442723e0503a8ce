"""Speed, side by side with what else one could use: ``make bench``; outside the everyday tests."""
