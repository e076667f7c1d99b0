/* The files of assets.h, as they are in the repository. */
        .section .rodata
        .global asset_page, asset_page_end, asset_protocol, asset_protocol_end
        .global asset_openapi, asset_openapi_end
asset_page:
        .incbin "web/index.html"
asset_page_end:
asset_protocol:
        .incbin "protocol.yaml"
asset_protocol_end:
asset_openapi:
        .incbin "generated/openapi.json"
asset_openapi_end:

        .section .note.GNU-stack, "", %progbits
