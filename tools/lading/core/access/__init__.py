"""What may be asked, of whom, with which credential, and what the answers mean."""
