"""What is known of a source without running it, and of a wheel that was built from it."""
