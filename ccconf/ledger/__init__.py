"""What ccconf itself applied, so that it never takes away what it did not bring."""
