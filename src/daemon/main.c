/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/cli.h"
#include "daemon/options.h"
#include "daemon/serve.h"

int main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf page = BUF_INIT(64 * 1024);

	if (argc > 1 && strcmp(argv[1], "serve") == 0)
		return serve_main(argc - 2, argv + 2);
	options_help(&page);
	return cli_main(argc, argv, page.base);
}
