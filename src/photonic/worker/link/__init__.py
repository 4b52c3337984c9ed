"""What crosses the link between a camera process and its parent: messages, their bytes, and their time limits.

No I/O. The format is internal and may change with any version, since both ends run the same installation. Decoding any
bytes yields messages or ``ProtocolError``. Every command gets one ``Done`` or ``Failed``, and the ``Done`` carries its
result.

Imports: errors, model.
"""
