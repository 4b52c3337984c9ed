/* What umockdev's preload library leaves out of a simulated V4L2 device; preloaded before it.
 *
 * The device node is a pipe, because poll(2) then says what it says of a webcam: readable when a frame is ready. A pipe
 * cannot be mapped, so a map of it becomes a map of the file with its frames. A call that waits for a frame waits here,
 * for the pipe. And /proc/PID/fd shows the name of the node instead of that of the pipe.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define DEQUEUE_BUFFER 0xc0585611UL /* VIDIOC_DQBUF on a 64-bit machine */

/* Returns the name below /dev of a simulated video device, NULL for another file. */
static const char *video_name(int fd, char *buffer, const char **root)
{
    char link[32];
    *root = getenv("UMOCKDEV_DIR");
    if (*root == NULL)
        return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, buffer, PATH_MAX - 1);
    size_t prefix = strlen(*root);
    if (length < 0)
        return NULL;
    buffer[length] = 0;
    if (strncmp(buffer, *root, prefix) != 0 || strncmp(buffer + prefix, "/dev/video", 10) != 0)
        return NULL;
    return buffer + prefix + 5;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    char buffer[PATH_MAX], path[PATH_MAX + 16];
    const char *root, *name;
    int frames = -1, error = errno;

    if (fd >= 0 && (name = video_name(fd, buffer, &root)) != NULL) {
        snprintf(path, sizeof path, "%s/frames/%s", root, name);
        frames = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    }
    errno = error;
    void *mapped = (void *)syscall(SYS_mmap, address, length, protection, flags, frames >= 0 ? frames : fd, offset);
    error = errno;
    if (frames >= 0)
        syscall(SYS_close, frames);
    errno = error;
    return mapped;
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return mmap(address, length, protection, flags, fd, offset);
}

int ioctl(int fd, unsigned long request, ...)
{
    static int (*next)(int, unsigned long, ...);
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);

    if (next == NULL)
        next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    for (;;) {
        int result = next(fd, request, argument);
        if (result >= 0 || errno != EAGAIN || (request & 0xffffffffUL) != DEQUEUE_BUFFER)
            return result;
        if (fcntl(fd, F_GETFL) & O_NONBLOCK)
            return result;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, -1) < 0)
            return -1;
    }
}

static ssize_t without_root(const char *path, char *target, ssize_t length)
{
    const char *root = getenv("UMOCKDEV_DIR");
    size_t prefix = root == NULL ? 0 : strlen(root);

    if (length <= 0 || prefix == 0 || strncmp(path, "/proc/", 6) != 0 || strstr(path, "/fd/") == NULL)
        return length;
    if ((size_t)length <= prefix + 5 || strncmp(target, root, prefix) != 0 || strncmp(target + prefix, "/dev/", 5) != 0)
        return length;
    memmove(target, target + prefix, (size_t)length - prefix);
    return length - (ssize_t)prefix;
}

ssize_t readlink(const char *path, char *target, size_t size)
{
    static ssize_t (*next)(const char *, char *, size_t);
    if (next == NULL)
        next = (ssize_t (*)(const char *, char *, size_t))dlsym(RTLD_NEXT, "readlink");
    return without_root(path, target, next(path, target, size));
}

ssize_t readlinkat(int folder, const char *path, char *target, size_t size)
{
    static ssize_t (*next)(int, const char *, char *, size_t);
    if (next == NULL)
        next = (ssize_t (*)(int, const char *, char *, size_t))dlsym(RTLD_NEXT, "readlinkat");
    return without_root(path, target, next(folder, path, target, size));
}
