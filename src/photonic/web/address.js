// Addresses of this service, wherever a proxy has put it: its root is the folder that contains this file's folder.

const ROOT = new URL("..", import.meta.url).pathname;

// A path of the service ("/api/v1/cameras") as a path of the host: behind a proxy, "/booth1/api/v1/cameras".
export const rooted = (path) => ROOT + path.replace(/^\//, "");

// The path of the service that is shown now, with its query: "/gallery?session=party".
export const here = () => `/${location.pathname.slice(ROOT.length)}${location.search}`;
