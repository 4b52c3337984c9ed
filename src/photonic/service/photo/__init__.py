"""What identifies a photo, what its files are before and after they are in place, and what they are called.

Values and pure functions: no disk, no database, no clock. The one exception is named where it is (a file's size).
Imports the models and the messages of the camera process.
"""
