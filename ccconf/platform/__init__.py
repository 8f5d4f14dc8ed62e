"""What a vendor's package must fulfil, and how it is found. No vendor is known here."""
