"""Who may do what: principals, roles and permissions, and the ways in. No I/O; time is passed in.

``control`` answers who sent a request, from its ``caller``; ``permission`` says what each role may do. The tables
(tokens, browser sessions, links, one-time codes) hold only hashes of secrets. ``photonic.serving`` applies the answers.

Imports: errors, model, protocol.
"""
