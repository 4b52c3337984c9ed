"""The computer that photonic runs on: its clocks, and what other programs and users see: environments, own folders.

``with_parent`` ends a child process with its parent.

Pure, except for the clocks, the folder itself and this process's environment. Invariant: no child process receives a
secret in its environment, and no state is kept in a folder that another user controls.

Imports: errors.
"""
