/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/sysfs.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

char *sysfs_read(const char *path, size_t limit)
{
	struct buf text = BUF_INIT(limit);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[8192];
	ssize_t n;

	if (fd < 0)
		return NULL;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		buf_add(&text, bytes, (size_t)n);
	close(fd);
	return buf_take(&text);
}

bool sysfs_read_at(int directory, const char *name, char *value, size_t size)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	size_t start = 0;
	ssize_t n;

	value[0] = '\0';
	if (fd < 0)
		return false;
	n = read(fd, value, size - 1);
	close(fd);
	if (n <= 0) {
		value[0] = '\0';
		return false;
	}
	while (n > 0 && isspace((unsigned char)value[n - 1]))
		n--;
	value[n] = '\0';
	while (isspace((unsigned char)value[start]))
		start++;
	memmove(value, value + start, (size_t)n - start + 1);
	return value[0] != '\0';
}

bool sysfs_value(const char *path, char *value, size_t size)
{
	return sysfs_read_at(AT_FDCWD, path, value, size);
}

int64_t sysfs_number(const char *path, int64_t otherwise)
{
	char text[32];
	char *end;
	long long number;

	if (!sysfs_value(path, text, sizeof(text)))
		return otherwise;
	number = strtoll(text, &end, 10);
	return *end || end == text ? otherwise : number;
}
