"""What a contact centre's people and access are made of, in words every vendor's package translates to."""
