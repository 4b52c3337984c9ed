"""What other camera software offers its users, offered by photonic, so that their programs work unchanged.

Imports: client, errors, model, version.
"""
