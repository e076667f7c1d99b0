/* redis_address.h: where Redis is and who we are there, from a URL:
 *
 *     redis://[[user]:password@]host[:port][/database]
 *     unix://[[user]:password@]/path/of/socket[?db=database]
 *
 * Special characters of user and password as %XX. Pure functions. */
#ifndef PARLEY_STORE_REDIS_ADDRESS_H
#define PARLEY_STORE_REDIS_ADDRESS_H

#include <stdint.h>

enum {
    REDIS_HOST_BYTES = 256,
    REDIS_PATH_BYTES = 108, /* as struct sockaddr_un has it */
    REDIS_SECRET_BYTES = 512,
    REDIS_PORT = 6379, /* unless the URL says another */
    REDIS_DATABASE_MAX = 65535
};

struct redis_address {
    char host[REDIS_HOST_BYTES]; /* or empty, and then */
    char path[REDIS_PATH_BYTES]; /* of a socket */
    uint16_t port;
    uint16_t database;
    char user[REDIS_SECRET_BYTES], password[REDIS_SECRET_BYTES]; /* empty: there is none */
};

/* NULL, or what is wrong with it, in words that do not show the password. */
const char *redis_address_read(struct redis_address *address, const char *url)
    __attribute__((warn_unused_result));

#endif
