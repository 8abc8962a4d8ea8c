"""The real-time process that sends every note when it is due, and the client that keeps that process alive."""
