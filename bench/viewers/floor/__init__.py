"""The least that a server must do: the same bytes to every viewer, with nothing around it, in a process of its own."""
