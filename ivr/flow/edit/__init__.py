"""What authors do to flow files beside running them: lay them out, and tell two versions apart."""
