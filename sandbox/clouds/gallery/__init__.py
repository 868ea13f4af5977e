"""A stand-in for a gallery service: lists of photos, the photos, and the call that an export has ended."""
