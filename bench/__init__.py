"""Speed and memory of the nightly run, beside what the engines need for the same bytes."""
