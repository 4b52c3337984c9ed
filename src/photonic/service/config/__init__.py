"""The settings of the service: a frozen model that is read once, at the edge, by the command line.

May import ``photo`` for the template of file names, and ``worker`` for kinds of addresses; rooms below ``config`` get
what they need passed in. What holds true here: an invalid setting is refused with its key, its source and what it
accepts, and nothing but ``read_settings`` reads the environment or a file.
"""
