"""The pages that the service delivers: HTML, CSS and JavaScript modules as the browser loads them, without a build.

``session`` is the same session machine as the client's, held to the same test vectors; ``i18n`` has every text in each
language; ``vendor`` has the files of others, unchanged. Python imports nothing from here: the service reads the files.
"""
