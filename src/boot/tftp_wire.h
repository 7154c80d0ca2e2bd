/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_TFTP_WIRE_H
#define BOOT_TFTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * TFTP packets: bytes to struct and back (RFC 1350, 2347, 2348, 2349, 7440).
 */
#define TFTP_NAME_SIZE    256
#define TFTP_BLOCK        512   /* without blksize */
#define TFTP_MAX_BLOCK    65464 /* RFC 2348 */
#define TFTP_MAX_DATAGRAM (4 + TFTP_MAX_BLOCK)

enum tftp_opcode {
	TFTP_RRQ = 1,
	TFTP_WRQ = 2,
	TFTP_DATA = 3,
	TFTP_ACK = 4,
	TFTP_ERROR = 5,
	TFTP_OACK = 6,
};

enum tftp_error {
	TFTP_NOT_DEFINED = 0,
	TFTP_NO_FILE = 1,
	TFTP_ACCESS = 2,
	TFTP_ILLEGAL = 4,
	TFTP_BAD_OPTION = 8,
};

/* Options are 0 when the client did not ask for them. */
struct tftp_packet {
	enum tftp_opcode opcode;
	char name[TFTP_NAME_SIZE]; /* RRQ, WRQ: what is asked for */
	bool wants_size;           /* tsize */
	uint32_t block_size;       /* blksize */
	uint32_t window_size;      /* windowsize */
	uint32_t timeout_s;        /* timeout */
	uint16_t block;            /* ACK */
	uint16_t code;             /* ERROR */
};

/* False: not a packet that a server gets. */
bool tftp_parse(const void *bytes, size_t len, struct tftp_packet *packet);

size_t tftp_build_data_header(void *bytes, size_t size, uint16_t block);
size_t tftp_build_error(void *bytes, size_t size, enum tftp_error code,
			const char *text);
/* Only the options that are not 0 (file_size: only if wants_size). */
size_t tftp_build_oack(void *bytes, size_t size,
		       const struct tftp_packet *options, uint64_t file_size);

#endif
