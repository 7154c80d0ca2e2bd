/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "boot/tftp_wire.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct tftp_packet packet;
	uint8_t oack[512];

	if (!tftp_parse(bytes, len, &packet))
		return 0;
	assert(packet.block_size <= TFTP_MAX_BLOCK);
	assert(packet.window_size <= 65535);
	assert(packet.timeout_s <= 255);
	assert(strlen(packet.name) < TFTP_NAME_SIZE);
	assert((packet.opcode != TFTP_RRQ && packet.opcode != TFTP_WRQ) ||
	       *packet.name);
	assert(tftp_build_oack(oack, sizeof(oack), &packet, UINT64_MAX));
	return 0;
}
