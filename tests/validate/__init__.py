"""What can be said of manifests without asking a platform."""
