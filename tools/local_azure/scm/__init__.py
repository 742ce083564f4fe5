"""SCM, the deployment service beside each site, in the two characters that clients meet."""
