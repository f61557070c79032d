/* What a disk and a clock do wrong, to a program that is started with this in LD_PRELOAD.
 *
 * VAKHTA_FAULTS names a folder. While it holds a file `fsync`, nothing can be made durable (EIO); a file
 * `clock` holds the seconds by which the wall clock is wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int opened(const char *name)
{
	const char *folder = getenv("VAKHTA_FAULTS");
	char path[4096];

	if (folder == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int durable(long call, int fd)
{
	int fault = opened("fsync");

	if (fault < 0)
		return (int)syscall(call, fd);
	close(fault);
	errno = EIO;
	return -1;
}

int fsync(int fd)
{
	return durable(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return durable(SYS_fdatasync, fd);
}

int clock_gettime(clockid_t which, struct timespec *now)
{
	int saved = errno;
	int result = (int)syscall(SYS_clock_gettime, which, now);
	int fault;

	if (result != 0 || which != CLOCK_REALTIME)
		return result;
	fault = opened("clock");
	if (fault >= 0) {
		char text[32] = {0};

		if (read(fault, text, sizeof text - 1) > 0)
			now->tv_sec += strtol(text, NULL, 10);
		close(fault);
	}
	errno = saved;
	return 0;
}
