"""The routes, one noun a module; ``table`` lists their routers and where each is included.

A route translates: it parses the request, calls one method of a ``CameraControl`` and returns a model of
``photonic.model``, or raises an error that ``http.problems`` turns into a response. It holds no state and starts no
task; ``dependencies`` provides the application context. The docstring of a route is its description in
``/openapi.json``.

Imports: access, asyncapi, camera_control, capture_answers, capture_pages, context, downloads, errors, gallery_control,
gallery_pages, guests, head, model, openapi, photo_response, service.base, service.config, service.files,
service.library, service.live, service.sequence.report, service.sequence.service, service.support, serving,
session_archive, session_names, sockets, status_feed, streams, version.
"""
