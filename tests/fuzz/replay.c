/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over every file of the directories it is given, and
 * over cut and bent forms of each, so that without libFuzzer too each crash
 * ever found stays found.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"

#define MAX_FILE (1024 * 1024)

static void bend(const uint8_t *bytes, size_t len)
{
	AUTO_FREE uint8_t *copy = xmalloc(len);

	for (size_t cut = 0; cut < len && cut < 512; cut++) {
		/* Exactly sized, so that a read past the end is seen. */
		AUTO_FREE uint8_t *part = xmalloc(cut);

		memcpy(part, bytes, cut);
		LLVMFuzzerTestOneInput(part, cut);
	}
	for (size_t i = 0; i < len && i < 512; i++) {
		static const uint8_t masks[] = { 0x01, 0x80, 0xff };

		for (size_t m = 0; m < sizeof(masks); m++) {
			memcpy(copy, bytes, len);
			copy[i] ^= masks[m];
			LLVMFuzzerTestOneInput(copy, len);
		}
	}
}

static int replay_file(const char *path)
{
	AUTO_FREE uint8_t *bytes = xmalloc(MAX_FILE);
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file) {
		perror(path);
		return -1;
	}
	len = fread(bytes, 1, MAX_FILE, file);
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, len);
	bend(bytes, len);
	return 0;
}

static int replay_directory(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int n = 0;

	if (!directory) {
		perror(path);
		return -1;
	}
	while ((entry = readdir(directory))) {
		AUTO_FREE char *name = NULL;

		if (entry->d_name[0] == '.')
			continue;
		name = xasprintf("%s/%s", path, entry->d_name);
		if (replay_file(name)) {
			closedir(directory);
			return -1;
		}
		n++;
	}
	closedir(directory);
	return n;
}

int main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++) {
		int files = replay_directory(argv[i]);

		if (files <= 0) {
			fprintf(stderr, "%s: no inputs\n", argv[i]);
			return 1;
		}
		n += files;
	}
	printf("%d inputs, each also cut and bent\n", n);
	return n ? 0 : 1;
}
