# The own card, and being reached elsewhere.

card-card = Su tarjeta
card-not-read = Su tarjeta aún no se ha leído.
card-not-read-offline = Su tarjeta podrá leerse cuando el chat esté conectado.
card-reading = Leyendo su tarjeta …
card-writing = Guardando su tarjeta …
card-testing = Comprobando …
card-read = Leerla
card-edit = Editar
card-test = ¿Se me localiza con ella?
card-publish = Publicarla
card-save = Guardar
card-name = Nombre
card-nickname = Apodo
card-organisation = Organización
card-numbers = Números y direcciones para llamadas
card-no-numbers = Ni número ni dirección: nadie puede llamarle desde su tarjeta.
card-add = Añadir un número o una dirección
card-value-hint = +34 912 345 678 o sip:usted@example.com
card-preferred = Preferido
card-up = Subir
card-down = Bajar
card-remove = Quitar
card-saved = Su tarjeta está guardada.
card-elsewhere = Dónde está usted ahora
card-elsewhere-body = Para una sala de reuniones u otro escritorio: a sus contactos se les ofrece también esta dirección, hasta que usted la borre o cierre Tandem.
card-place-uri = Número o dirección
card-place-words = Dónde es, por ejemplo «Sala 3»
card-place-set = Ahora estoy aquí
card-place-clear = Ya me he ido
card-place-saved = Sus contactos ven dónde localizarle.
card-call = Llamar a { $shown }
card-it-does-not-list-the-address = No figura { $address }, la dirección de su cuenta de voz.
card-work = Trabajo
card-home = Casa
card-mobile = Móvil
card-voice = Voz
card-video = Vídeo
card-fax = Fax
card-others = { $count ->
    [one] Otro dato queda como está.
   *[other] Otros { $count } datos quedan como están.
}
card-choose-picture = Elegir una imagen …
card-paste-picture = Pegar una imagen
card-remove-picture = Quitar la imagen
card-picture-busy = Cambiando su imagen …
card-picture-body = Sus contactos la ven junto a su nombre. Se recorta un cuadrado del centro; lo que una cámara escribió en el archivo se omite.
card-picture-path = Dónde está la imagen, por ejemplo /home/usted/yo.jpg
card-use-picture = Usarla
card-no-picture-there = No hay ninguna imagen en el portapapeles.
card-you = Usted: imagen, estado, tarjeta
