"""What the refusals of the known hosts mean: their own words read, the right to grant named."""
