/* assets.h: files that are part of the program: the page, the protocol, and what describes its HTTP
 * part to other programs. */
#ifndef PARLEY_NET_HTTP_ASSETS_H
#define PARLEY_NET_HTTP_ASSETS_H

#include "base/str.h"

extern const char asset_page[], asset_page_end[];
extern const char asset_protocol[], asset_protocol_end[];
extern const char asset_openapi[], asset_openapi_end[];

static inline struct str assets_page(void)
{
    return (struct str){asset_page, (size_t)(asset_page_end - asset_page)};
}

static inline struct str assets_protocol(void)
{
    return (struct str){asset_protocol, (size_t)(asset_protocol_end - asset_protocol)};
}

static inline struct str assets_openapi(void)
{
    return (struct str){asset_openapi, (size_t)(asset_openapi_end - asset_openapi)};
}

#endif
