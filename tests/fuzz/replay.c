/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs every file of a corpus folder through a fuzz target, without libFuzzer. One TAP
 * line a file; what the target does wrong is for the sanitizers to say.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The copy is exactly as long as the file, so that a read beyond its end is seen. */
static void replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0) {
		perror(path);
		exit(1);
	}
	rewind(file);
	data = malloc((size_t)size);
	if (size && (!data || fread(data, (size_t)size, 1, file) != 1)) {
		perror(path);
		exit(1);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

int main(int argc, char **argv)
{
	struct dirent **inputs;
	int count;

	if (argc != 2 || chdir(argv[1])) {
		fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
		return 2;
	}
	count = scandir(".", &inputs, is_input, alphasort);
	if (count < 1) {
		fprintf(stderr, "%s: no inputs\n", argv[1]);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		replay(inputs[i]->d_name);
		printf("ok %d - %s\n", i + 1, inputs[i]->d_name);
		fflush(stdout);
		free(inputs[i]);
	}
	free(inputs);
	return 0;
}
