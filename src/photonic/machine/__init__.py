"""What other programs and users of this computer see of photonic: the environments of its processes, its own folders.

Pure, except for the folder itself and this process's environment. Invariant: no child process receives a secret in its
environment, and no state is kept in a folder that another user controls.

Imports: errors.
"""
