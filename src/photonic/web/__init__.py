"""The pages that the service delivers: HTML, CSS and JavaScript modules as the browser loads them, without a build.

``session`` is the same session machine as the client's, held to the same test vectors; ``i18n`` has every text in each
language; ``vendor`` has the files of others, unchanged. There is no Python code here: the command line hands the folder
to the service, which reads the files.

Imports: nothing.
"""
