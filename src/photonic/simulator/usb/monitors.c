/* Gives the socket of each udev monitor a name of its own; preloaded before umockdev's library.
 *
 * umockdev 0.17 turns the netlink socket of a monitor into a Unix socket, and names it by its descriptor: two processes
 * in which it has the same number share the name. Each removes the name and binds its own socket; so the other one hears
 * nothing any more, or finds the name taken in between, and its libusb cannot be initialised. Here one process after the
 * other binds its socket, and renames it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    const char *root = getenv("UMOCKDEV_DIR");
    char path[PATH_MAX], own[PATH_MAX + 16];

    if (root == NULL || address->sa_family != AF_NETLINK)
        return next(fd, address, length);
    snprintf(path, sizeof path, "%s/monitors", root);
    int lock = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0)
        return -1;
    int result = next(fd, address, length);
    snprintf(path, sizeof path, "%s/event%d", root, fd);
    snprintf(own, sizeof own, "%s.%d", path, getpid());
    if (result == 0)
        result = (int)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, own, 0);
    int error = errno;
    syscall(SYS_close, lock);
    errno = error;
    return result;
}
