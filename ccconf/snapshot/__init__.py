"""What people exported or typed off a platform's screens becomes an observed state with a date."""
