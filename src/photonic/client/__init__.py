"""The client: live view that keeps its picture, and the HTTP surface of a camera for programs."""
