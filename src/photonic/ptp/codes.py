"""The codes of PTP (ISO 15740) and of the Canon EOS and Nikon extensions, named as in libgphoto2 2.5.34 (``ptp.h``)."""

from __future__ import annotations

from enum import IntEnum

ALL = 0xFFFFFFFF
"""In a request: all storages, or the root folder."""


class OperationCode(IntEnum):
    """The operations of the standard."""

    GET_DEVICE_INFO = 0x1001
    OPEN_SESSION = 0x1002
    CLOSE_SESSION = 0x1003
    GET_STORAGE_IDS = 0x1004
    GET_STORAGE_INFO = 0x1005
    GET_NUM_OBJECTS = 0x1006
    GET_OBJECT_HANDLES = 0x1007
    GET_OBJECT_INFO = 0x1008
    GET_OBJECT = 0x1009
    GET_THUMB = 0x100A
    DELETE_OBJECT = 0x100B
    SEND_OBJECT_INFO = 0x100C
    SEND_OBJECT = 0x100D
    INITIATE_CAPTURE = 0x100E
    GET_PROPERTY_DESCRIPTION = 0x1014
    GET_PROPERTY = 0x1015
    SET_PROPERTY = 0x1016
    GET_PARTIAL_OBJECT = 0x101B


class NikonOperation(IntEnum):
    """Nikon's vendor operations."""

    GET_EVENTS = 0x90C7
    DEVICE_READY = 0x90C8
    START_LIVE_VIEW = 0x9201
    END_LIVE_VIEW = 0x9202
    GET_LIVE_VIEW_IMAGE = 0x9203
    CAPTURE = 0x9207


class CanonOperation(IntEnum):
    """Canon's vendor operations, for EOS bodies."""

    GET_STORAGE_IDS = 0x9101
    GET_STORAGE_INFO = 0x9102
    GET_OBJECT = 0x9104
    DELETE_OBJECT = 0x9105
    GET_PARTIAL_OBJECT = 0x9107
    GET_OBJECT_INFO_EX = 0x9109
    SET_PROPERTY = 0x9110
    SET_REMOTE_MODE = 0x9114
    SET_EVENT_MODE = 0x9115
    GET_EVENTS = 0x9116
    TRANSFER_COMPLETE = 0x9117
    PC_CAPACITY = 0x911A
    SET_UI_LOCK = 0x911B
    RESET_UI_LOCK = 0x911C
    KEEP_DEVICE_ON = 0x911D
    BULB_START = 0x9125
    BULB_END = 0x9126
    REQUEST_PROPERTY = 0x9127
    RELEASE_ON = 0x9128
    RELEASE_OFF = 0x9129
    END_VIEWFINDER = 0x9152
    GET_VIEWFINDER_DATA = 0x9153
    AUTOFOCUS = 0x9154
    DRIVE_LENS = 0x9155
    ZOOM = 0x9158
    ZOOM_POSITION = 0x9159
    AUTOFOCUS_CANCEL = 0x9160


WITH_DATA_FROM_HOST: frozenset[int] = frozenset(
    {
        OperationCode.SEND_OBJECT_INFO,
        OperationCode.SEND_OBJECT,
        OperationCode.SET_PROPERTY,
        CanonOperation.SET_PROPERTY,
    }
)
"""The operations with which a client sends data; on USB, a request itself does not say so."""


class ResponseCode(IntEnum):
    """The result of an operation."""

    OK = 0x2001
    GENERAL_ERROR = 0x2002
    SESSION_NOT_OPEN = 0x2003
    INVALID_TRANSACTION = 0x2004
    OPERATION_NOT_SUPPORTED = 0x2005
    PARAMETER_NOT_SUPPORTED = 0x2006
    INCOMPLETE_TRANSFER = 0x2007
    INVALID_STORAGE = 0x2008
    INVALID_OBJECT = 0x2009
    PROPERTY_NOT_SUPPORTED = 0x200A
    STORE_FULL = 0x200C
    STORE_READ_ONLY = 0x200E
    ACCESS_DENIED = 0x200F
    NO_THUMBNAIL = 0x2010
    STORE_NOT_AVAILABLE = 0x2013
    DEVICE_BUSY = 0x2019
    INVALID_VALUE = 0x201C
    INVALID_PARAMETER = 0x201D
    SESSION_ALREADY_OPEN = 0x201E
    TRANSACTION_CANCELLED = 0x201F
    NIKON_OUT_OF_FOCUS = 0xA002
    NIKON_NOT_LIVE_VIEW = 0xA00B
    VIEWFINDER_NOT_READY = 0xA102


class EventCode(IntEnum):
    """The events of the standard, sent on the event connection; a Nikon has to be polled for them (0x90C7)."""

    OBJECT_ADDED = 0x4002
    OBJECT_REMOVED = 0x4003
    STORE_ADDED = 0x4004
    STORE_REMOVED = 0x4005
    PROPERTY_CHANGED = 0x4006
    CAPTURE_COMPLETE = 0x400D


class NikonEvent(IntEnum):
    """Nikon's vendor events."""

    OBJECT_ADDED_IN_RAM = 0xC101
    CAPTURE_COMPLETE_IN_RAM = 0xC102


class CanonEvent(IntEnum):
    """The records of Canon's event list (operation 0x9116)."""

    OBJECT_ADDED = 0xC181
    OBJECT_REMOVED = 0xC182
    OBJECT_TRANSFER = 0xC186
    PROPERTY_VALUE = 0xC189
    PROPERTY_CHOICES = 0xC18A
    CAMERA_STATUS = 0xC18B
    WILL_SHUT_DOWN = 0xC18D
    STORE_ADDED = 0xC192
    STORE_REMOVED = 0xC193
    SCREEN_INFO = 0xC1A5


class CanonProperty(IntEnum):
    """Device properties of Canon EOS bodies."""

    APERTURE = 0xD101
    SHUTTER = 0xD102
    ISO = 0xD103
    EXPOSURE_COMPENSATION = 0xD104
    MODE = 0xD105
    DRIVE = 0xD106
    METERING = 0xD107
    FOCUS_MODE = 0xD108
    WHITE_BALANCE = 0xD109
    BATTERY = 0xD111
    CAMERA_TIME = 0xD113
    AUTO_POWER_OFF = 0xD114
    OWNER = 0xD115
    AVAILABLE_SHOTS = 0xD11B
    CAPTURE_DESTINATION = 0xD11C
    CURRENT_STORAGE = 0xD11E
    IMAGE_FORMAT = 0xD120
    SCREEN_INFO_VERSION = 0xD199
    TEMPERATURE_STATUS = 0xD1AB
    SERIAL_NUMBER = 0xD1AF
    VIEWFINDER_OUTPUT = 0xD1B0
    VIEWFINDER_MODE = 0xD1B1
    DEPTH_OF_FIELD_PREVIEW = 0xD1B2
    LENS_NAME = 0xD1D8
    ARTIST = 0xD1D0
    COPYRIGHT = 0xD1D1


class StandardProperty(IntEnum):
    """The device properties of the standard."""

    BATTERY_LEVEL = 0x5001
    COMPRESSION = 0x5004
    WHITE_BALANCE = 0x5005
    F_NUMBER = 0x5007
    FOCUS_MODE = 0x500A
    METERING = 0x500B
    EXPOSURE_TIME = 0x500D
    EXPOSURE_PROGRAM = 0x500E
    EXPOSURE_INDEX = 0x500F
    EXPOSURE_BIAS = 0x5010
    STILL_CAPTURE_MODE = 0x5013


class NikonProperty(IntEnum):
    """Nikon's vendor properties."""

    EXPOSURE_TIME = 0xD100
    LIVE_VIEW_STATUS = 0xD1A2
    LIVE_VIEW_PROHIBITION = 0xD1A4


class ObjectFormat(IntEnum):
    """The type of an object."""

    FOLDER = 0x3001
    QUICKTIME = 0x300D
    JPEG = 0x3801
    CR2 = 0xB103


class Vendor(IntEnum):
    """The vendor extension that the device information names."""

    NONE = 0
    NIKON = 0x0A
    CANON = 0x0B
