"""Function Apps as the platform holds them: settings, packages, deployments and what runs."""
