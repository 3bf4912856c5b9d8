//! The real window under a real X server, worked by X input and looked at through `tandem ctl`.
